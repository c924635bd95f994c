/**
 * The keys of each section of `training_config`: the fields of the dataclasses that the trainer maps
 * them to (kaito: presets/workspace/tuning/text-generation/parser.py and cli.py; peft, transformers
 * and trl for the inherited ones). Any other key ends the trainer before it starts.
 */
export const KNOWN_ARGUMENTS: Readonly<Record<string, ReadonlySet<string>>> = {
  ModelConfig: words(`
    pretrained_model_name_or_path state_dict cache_dir from_tf force_download resume_download proxies
    output_loading_info local_files_only revision trust_remote_code load_in_4bit load_in_8bit
    torch_dtype device_map chat_template`),
  QuantizationConfig: words(`
    quant_method load_in_8bit load_in_4bit llm_int8_threshold llm_int8_skip_modules
    llm_int8_enable_fp32_cpu_offload llm_int8_has_fp16_weight bnb_4bit_compute_dtype
    bnb_4bit_quant_type bnb_4bit_use_double_quant bnb_4bit_quant_storage`),
  LoraConfig: words(`
    task_type peft_type auto_mapping base_model_name_or_path revision inference_mode r target_modules
    exclude_modules lora_alpha lora_dropout fan_in_fan_out bias use_rslora modules_to_save
    init_lora_weights layers_to_transform layers_pattern rank_pattern alpha_pattern megatron_config
    megatron_core trainable_token_indices loftq_config eva_config corda_config use_dora use_qalora
    qalora_group_size layer_replication runtime_config lora_bias target_parameters arrow_config
    ensure_weight_tying`),
  TrainingArguments: words(`
    output_dir overwrite_output_dir do_train do_eval do_predict eval_strategy prediction_loss_only
    per_device_train_batch_size per_device_eval_batch_size per_gpu_train_batch_size
    per_gpu_eval_batch_size gradient_accumulation_steps eval_accumulation_steps eval_delay
    torch_empty_cache_steps learning_rate weight_decay adam_beta1 adam_beta2 adam_epsilon
    max_grad_norm num_train_epochs max_steps lr_scheduler_type lr_scheduler_kwargs warmup_ratio
    warmup_steps log_level log_level_replica log_on_each_node logging_dir logging_strategy
    logging_first_step logging_steps logging_nan_inf_filter save_strategy save_steps save_total_limit
    save_safetensors save_on_each_node save_only_model restore_callback_states_from_checkpoint no_cuda
    use_cpu use_mps_device seed data_seed jit_mode_eval use_ipex bf16 fp16 fp16_opt_level
    half_precision_backend bf16_full_eval fp16_full_eval tf32 local_rank ddp_backend tpu_num_cores
    tpu_metrics_debug debug dataloader_drop_last eval_steps dataloader_num_workers
    dataloader_prefetch_factor past_index run_name disable_tqdm remove_unused_columns label_names
    load_best_model_at_end metric_for_best_model greater_is_better ignore_data_skip fsdp
    fsdp_min_num_params fsdp_config fsdp_transformer_layer_cls_to_wrap accelerator_config
    parallelism_config deepspeed label_smoothing_factor optim optim_args adafactor group_by_length
    length_column_name report_to project trackio_space_id ddp_find_unused_parameters
    ddp_bucket_cap_mb ddp_broadcast_buffers dataloader_pin_memory dataloader_persistent_workers
    skip_memory_metrics use_legacy_prediction_loop push_to_hub resume_from_checkpoint hub_model_id
    hub_strategy hub_token hub_private_repo hub_always_push hub_revision gradient_checkpointing
    gradient_checkpointing_kwargs include_inputs_for_metrics include_for_metrics
    eval_do_concat_batches fp16_backend push_to_hub_model_id push_to_hub_organization
    push_to_hub_token mp_parameters auto_find_batch_size full_determinism torchdynamo ray_scope
    ddp_timeout torch_compile torch_compile_backend torch_compile_mode include_tokens_per_second
    include_num_input_tokens_seen neftune_noise_alpha optim_target_modules batch_eval_metrics
    eval_on_start use_liger_kernel liger_kernel_config eval_use_gather_object
    average_tokens_across_devices model_init_kwargs chat_template_path dataset_text_field
    dataset_kwargs dataset_num_proc eos_token pad_token max_length packing packing_strategy
    padding_free pad_to_multiple_of eval_packing completion_only_loss assistant_only_loss loss_type
    activation_offloading max_seq_length shuffle_dataset`),
  DatasetConfig: words(`
    dataset_path dataset_extension shuffle_dataset shuffle_seed context_column response_column
    messages_column train_test_split`),
  DataCollator: words(`
    tokenizer mlm whole_word_mask mlm_probability mask_replace_prob random_replace_prob
    pad_to_multiple_of tf_experimental_compile return_tensors seed`),
};

function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}
